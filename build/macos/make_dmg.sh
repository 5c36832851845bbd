#!/bin/sh
# make_dmg.sh VERSION: dist/rnapp.app as a disk image to drag from. Unsigned: the first start needs a right click, Open.
set -eu
cd "$(dirname "$0")/../../dist"
VERSION=$1
rm -rf work/dmg && mkdir -p work/dmg
cp -R rnapp.app work/dmg/
ln -s /Applications work/dmg/Applications
cp rnapp/SBOM.cdx.json rnapp/FILES.sha256 work/dmg/
hdiutil create -volname "rnapp $VERSION" -srcfolder work/dmg -ov -format ULMO "rnapp-$VERSION-macos-$(uname -m).dmg"
