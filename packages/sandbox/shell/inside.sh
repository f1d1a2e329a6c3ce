# Starts the helper of a sandbox, and its command when the helper is ready. In the new process namespace, if any.
#
#   inside.sh <layer> <user> <unshare> <node> <helper> <command> [argument…]
#
# user        see way.ts
# unshare     the path of this program
# helper      a module for node that prints "ready" when the command may start
#
# Names of variables that no command's environment has, so that it stays as it is.

fail() {
  echo "isolane: the sandbox could not be made: $1" >&2
  exit 125
}

isolane_layer=$1 isolane_user=$2 isolane_unshare=$3 isolane_node=$4 isolane_helper=$5
shift 5

enter() {
  [ -n "$isolane_user" ] || exec "$@"
  exec "$isolane_unshare" --user --map-user="${isolane_user%:*}" --map-group="${isolane_user#*:}" -- "$@"
}

mkfifo -m 600 "$isolane_layer/helper" || fail 'the pipe of its helper could not be made (mkfifo)'
# Without the environment of the command: its NODE_OPTIONS and its IPC channel are not for the helper.
enter env -i PATH="$PATH" setpriv --pdeathsig USR2 -- "$isolane_node" "$isolane_helper" "$isolane_layer" \
  </dev/null >"$isolane_layer/helper" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
read -r isolane_answer <"$isolane_layer/helper"
case $isolane_answer in
  ready) ;;
  failed) exit 125 ;;
  *) fail 'its helper ended' ;;
esac

enter "$@"
