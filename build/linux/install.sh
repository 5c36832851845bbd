#!/bin/sh
# install.sh UNPACKED TARGET [--beside]: puts an unpacked program in its place, with its menu entry and its command.
set -eu
UNPACKED=$1; TARGET=$2; BESIDE=${3:-}
OPT=$(dirname "$TARGET"); VERSION=$(basename "$TARGET")
STATE="${XDG_STATE_HOME:-$HOME/.local/state}/rnapp"
SHARE="${XDG_DATA_HOME:-$HOME/.local/share}"

if [ -d "$TARGET" ] && [ -e "$STATE/running-$VERSION.lock" ] && ! flock -n "$STATE/running-$VERSION.lock" true; then
  echo "rnapp $VERSION is running; quit it first, then install it again." >&2
  exit 1
fi
# The old one goes only after the new one is whole on the disk.
if [ -d "$TARGET" ]; then mv "$TARGET" "$OPT/.replaced-$$"; fi
mv "$UNPACKED" "$TARGET"
rm -rf "$OPT/.replaced-$$"

mkdir -p "$HOME/.local/bin" "$SHARE/applications" "$SHARE/icons/hicolor/256x256/apps"
ln -sfn "$TARGET/rnapp" "$HOME/.local/bin/rnapp"
cp "$TARGET/setup/rnapp.png" "$SHARE/icons/hicolor/256x256/apps/rnapp.png"
sed "s|@PROGRAM@|$TARGET/rnapp|; s|@VERSION@|$VERSION|" "$TARGET/setup/rnapp.desktop" \
  > "$SHARE/applications/rnapp-$VERSION.desktop"

if [ "$BESIDE" != --beside ]; then
  for other in "$OPT"/*/setup/uninstall.sh; do
    if [ -e "$other" ] && [ "$other" != "$TARGET/setup/uninstall.sh" ]; then
      sh "$other" --keep-cases || echo "That version stays until it is removed."
    fi
  done
fi
echo "rnapp $VERSION is installed. Start it from the menu, or with $HOME/.local/bin/rnapp"
echo "To remove it: sh '$TARGET/setup/uninstall.sh'"
