# Runs a command inside the namespaces that unshare(1) has just made around this shell.
#
#   enter.sh <layer> <cwd> <user> <parts> <node> <helper> <command> [argument…]
#
# layer    the directory of this sandbox: its fstab, and the directories that are mounted from there
# user     "", or the uid:gid to be again after the mounts, which only the root of the namespace may make
# parts    n network, f files, p processes
# helper   "", or a module for node that prints "ready" when the command may start

fail() {
  echo "isolane: the sandbox could not be made: $1" >&2
  exit 125
}

layer=$1 parts=$4

# ip(8) and mount(8) are not on the PATH of every user. The command itself sees the PATH as it was.
path=$PATH
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

case $parts in *p*)
  # This shell is outside the new process namespace, its children are inside, and the first of them is
  # process 1: it reaps what others leave, and when it ends the kernel ends all of them. It ends with this process.
  setpriv --pdeathsig KILL -- sh -c 'while :; do sleep 100000 & wait "$!"; done' \
    </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  echo "$!" >"$layer/reaper" || fail "$layer is not writable"
  ;;
esac
case $parts in *n*)
  ip link set lo up || fail 'its loopback does not come up (ip link set lo up)'
  ;;
esac
case $parts in *f*)
  # Relative paths inside the options of an overlay: a comma or a colon of the project's path would end them.
  (cd "$layer" && mount --all --fstab ./fstab) || fail 'a file system could not be mounted (mount --all)'
  ;;
esac

inside="${0%/*}/inside.sh"
case $parts in
  # timeout(1) without a time limit passes signals on, and ends just as the command did: by the same signal or code.
  *p*) PATH=$path exec timeout --foreground --signal=USR1 0 sh "$inside" "$@" ;;
  *) PATH=$path exec sh "$inside" "$@" ;;
esac
