# The second half of enter.sh, inside the new process namespace.

fail() {
  echo "isolane: the sandbox could not be made: $1" >&2
  exit 125
}

layer=$1 cwd=$2 user=$3 parts=$4 node=$5 helper=$6
shift 6

case $parts in *p*)
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin mount -t proc proc /proc || fail '/proc could not be mounted'
  ;;
esac

# Not cd: it would leave its variables in the environment of the command.
enter() { exec unshare ${user:+--user --map-user="${user%:*}" --map-group="${user#*:}"} --wd="$cwd" -- "$@"; }

if [ -n "$helper" ]; then
  mkfifo -m 600 "$layer/helper" || fail 'the pipe of its helper could not be made (mkfifo)'
  # Without the environment of the command: its NODE_OPTIONS and its IPC channel are not for the helper.
  enter env -i PATH="$PATH" setpriv --pdeathsig USR2 -- "$node" "$helper" "$layer" \
    </dev/null >"$layer/helper" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  read -r answer <"$layer/helper"
  case $answer in
    ready) ;;
    failed) exit 125 ;;
    *) fail 'its helper ended' ;;
  esac
fi

enter "$@"
