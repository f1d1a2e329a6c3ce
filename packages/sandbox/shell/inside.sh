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
enter() { unshare ${user:+--user --map-user="${user%:*}" --map-group="${user#*:}"} --wd="$cwd" -- "$@"; }

if [ -n "$helper" ]; then
  mkfifo -m 600 "$layer/helper" || fail 'the pipe of its helper could not be made (mkfifo)'
  enter setpriv --pdeathsig KILL -- "$node" "$helper" "$layer" \
    </dev/null >"$layer/helper" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  read -r answer <"$layer/helper"
  [ "$answer" = ready ] || fail "${answer:-its helper ended}"
fi

exec unshare ${user:+--user --map-user="${user%:*}" --map-group="${user#*:}"} --wd="$cwd" -- "$@"
