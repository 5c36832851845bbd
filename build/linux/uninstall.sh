#!/bin/sh
# uninstall.sh [--keep-cases | --remove-cases]: removes this version of rnapp; asks about the kept cases with the last one.
set -eu
HERE=$(cd "$(dirname "$0")/.." && pwd); OPT=$(dirname "$HERE"); VERSION=$(basename "$HERE")
STATE="${XDG_STATE_HOME:-$HOME/.local/state}/rnapp"
SHARE="${XDG_DATA_HOME:-$HOME/.local/share}"
DATA="${RNAPP_DATA:-$SHARE/rnapp}"
CASES=ask
for word in "$@"; do
  case "$word" in
    --keep-cases) CASES=keep ;;
    --remove-cases) CASES=remove ;;
    *) echo "$word is no option; there are --keep-cases and --remove-cases." >&2; exit 1 ;;
  esac
done
if [ -e "$STATE/running-$VERSION.lock" ] && ! flock -n "$STATE/running-$VERSION.lock" true; then
  echo "rnapp $VERSION is running; quit it first, then remove it." >&2
  exit 1
fi

cd /
rm -rf "$HERE" "$SHARE/applications/rnapp-$VERSION.desktop"
rm -f "$STATE/running-$VERSION.lock" "$STATE/running-$VERSION.json"
left=$(ls -1 "$OPT" | sort -V | tail -n 1)
if [ -n "$left" ]; then
  ln -sfn "$OPT/$left/rnapp" "$HOME/.local/bin/rnapp"
  echo "rnapp $VERSION is removed; $left stays."
  exit 0
fi

# The last version: with it goes all that can be made again.
rm -rf "$STATE" "$DATA/bundles" "$SHARE/icons/hicolor/256x256/apps/rnapp.png" "$HOME/.local/bin/rnapp"
rm -rf "$HOME/snap/chromium/common/rnapp"
count=$(ls -1 "$DATA/cases" 2>/dev/null | grep -c '\.rnapp$' || true)
if [ "$CASES" = ask ] && [ "$count" -gt 0 ]; then
  printf 'Delete the %s case(s) kept in %s too? [y/N] ' "$count" "$DATA/cases"
  read -r answer || answer=n
  case "$answer" in y|Y|yes) CASES=remove ;; esac
fi
if [ "$CASES" = remove ]; then rm -rf "$DATA/cases"; fi
for folder in "$DATA/cases" "$DATA" "$OPT" "$HOME/.local/opt" "$SHARE/icons/hicolor/256x256/apps" \
    "$SHARE/icons/hicolor/256x256" "$SHARE/icons/hicolor" "$SHARE/icons" "$SHARE/applications" "$HOME/.local/bin"; do
  rmdir "$folder" 2>/dev/null || true  # what is not empty is not ours alone
done
echo "rnapp $VERSION is removed."
if [ -d "$DATA/cases" ]; then echo "The kept cases are still in $DATA/cases"; fi
