# Makes a sandbox in the namespaces that unshare(1) has just made around this shell, and runs a command there.
#
#   enter.sh <layer> <parts> <mount> <ip> <env> <cat> <cwd> <command> [argument…]
#
# layer    the directory of this sandbox: its fstab, and the directories that are mounted from there
# parts    n network, f files, p processes; s: one of its mounts is a sysfs
# mount …  paths of these programs: no time to look for them on a PATH
# cwd      of the command
#
# No variable is set here but those of cd: it could be one of the command's environment. LC_ALL=C spares a program
# the files of its locale.

# What stands in the layer tells what became of the sandbox: begun, refused, made; see sandboxes.ts.
: >"$1/begun" || exit 125

fail() {
  echo "isolane: the sandbox could not be made: $2" >&2
  : >"$1/refused"
  exit 125
}

case $2 in *p*)
  # This shell is outside the new process namespace, its children are inside. The first of them is process 1: when
  # it ends the kernel ends all others. It ends with the run, whose pipe it reads. The kernel itself reaps the
  # children of a process that ignores SIGCHLD.
  LC_ALL=C "$5" --ignore-signal=CHLD "$6" "$1/../alive" \
    </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  echo "$!" >"$1/reaper" || fail "$1" "$1 is not writable"
  ;;
esac
case $2 in *n*)
  case $2 in *s*) ;; *) LC_ALL=C "$4" link set lo up </dev/null & ;; esac
  # The kernel's own limit stays where /proc cannot be written.
  [ ! -e "$1/first-port" ] ||
    { "$6" "$1/first-port" >/proc/sys/net/ipv4/ip_unprivileged_port_start; } 2>/dev/null
  ;;
esac
case $2 in *[fp]*)
  (
    # The next process in the new process namespace, the command, has the number by which this one is known outside.
    # Programs name the files that they share with others by it (pid_namespaces(7), ns_last_pid).
    case $2 in *p*) { echo "$(($$ - 1))" >/proc/sys/kernel/ns_last_pid; } 2>/dev/null ;; esac
    # From there, because the options of an overlay are relative paths. Nobody needs a note of it in /run/mount, and
    # none of these has a helper of its own (mount(8)).
    cd "$1" && LC_ALL=C exec "$3" --all --no-mtab --internal-only --fstab ./fstab
  ) || fail "$1" 'a file system could not be mounted (mount --all)'
  ;;
esac
case $2 in
  # IFF_UP and IFF_LOOPBACK.
  *s*) echo 0x9 >"$1/../stage/sys/class/net/lo/flags" || fail "$1" 'its loopback does not come up (sysfs)' ;;
  *n*) wait "$!" || fail "$1" 'its loopback does not come up (ip link set lo up)' ;;
esac
: >"$1/made"

# Not the directory of before: this one is in what is mounted there now.
cd "$7" || exit 125
shift 7
exec "$@"
