#!/bin/sh
# rnapp @VERSION@ for one user, without root and without network:  sh @FILE@ [--beside] [--yes]
#   --beside  leave other versions of rnapp where they are
#   --yes     ask nothing
# What follows these lines is binary: xz, then the program.
set -eu
TOOLS_AT=@TOOLS_AT@; TOOLS_SIZE=@TOOLS_SIZE@; PAYLOAD_AT=@PAYLOAD_AT@; PAYLOAD_SIZE=@PAYLOAD_SIZE@
SUM=@SUM@
VERSION='@VERSION@'; NEEDED_MB=@NEEDED_MB@; GLIBC='@GLIBC@'

stop() { echo "rnapp is not installed: $1" >&2; exit 1; }
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

BESIDE=; YES=
for word in "$@"; do
  case "$word" in
    --beside) BESIDE=1 ;;
    --yes) YES=1 ;;
    *) stop "$word is no option; there are --beside and --yes." ;;
  esac
done
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || stop "it needs Linux on x86-64, but this is $(uname -s) on $(uname -m)."
found=$(ldd --version 2>/dev/null | head -n 1 | grep -o '[0-9.]*$' || true)
if [ -n "$found" ] && older "$found" "$GLIBC"; then stop "it needs glibc $GLIBC, but here is $found; update the system."; fi
[ "$(id -u)" != 0 ] || [ -n "$YES" ] || stop "run it as the user who will use it, not as root (or with --yes)."

OPT="$HOME/.local/opt/rnapp"
mkdir -p "$OPT"
free=$(df -Pm "$OPT" | tail -n 1 | awk '{print $4}')
[ "$free" -ge "$NEEDED_MB" ] || stop "it needs $NEEDED_MB MB in $OPT, but $free MB are free; make room."
part() { tail -c "+$1" "$0" | head -c "$2"; }

echo "Checking the file …"
[ "$(part $PAYLOAD_AT $PAYLOAD_SIZE | sha256sum | cut -d ' ' -f 1)" = "$SUM" ] || stop "the file is damaged; copy it again."
NEW="$OPT/.unpacking-$$"
trap 'rm -rf "$NEW"' EXIT
mkdir "$NEW"
echo "Unpacking rnapp $VERSION to $OPT …"
part $TOOLS_AT $TOOLS_SIZE | tar -xz -C "$NEW"
part $PAYLOAD_AT $PAYLOAD_SIZE | LD_LIBRARY_PATH="$NEW/tools" "$NEW/tools/xz" -dc | tar -x -C "$NEW"
rm -rf "$NEW/tools"
sh "$NEW/rnapp/setup/install.sh" "$NEW/rnapp" "$OPT/$VERSION" ${BESIDE:+--beside}
exit 0
