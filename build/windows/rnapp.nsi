; Per-user installer: no administrator, no network. makensis /DVERSION=0.1.0+abc /DFOLDER=dist\rnapp /DOUT=dist rnapp.nsi
Unicode true
!include "MUI2.nsh"
!include "FileFunc.nsh"

Name "rnapp"
OutFile "${OUT}/rnapp-${VERSION}-windows-x86_64.exe"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\rnapp\${VERSION}"
SetCompressor /SOLID lzma
ManifestDPIAware true

!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\rnapp-${VERSION}"
!define DATA "$LOCALAPPDATA\rnapp\data"
!define STATE "$LOCALAPPDATA\rnapp\state"

!insertmacro MUI_PAGE_LICENSE "../../LICENSE"
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\rnapp-app.exe"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Section
  ; A file that is in use cannot be written over; the first one that would be is the program itself.
  ClearErrors
  IfFileExists "$INSTDIR\rnapp-app.exe" 0 +4
  Delete "$INSTDIR\rnapp-app.exe"
  IfErrors 0 +2
    Abort "rnapp is running. Quit it, then install it again."
  SetOutPath "$INSTDIR"
  File /r "${FOLDER}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\rnapp ${VERSION}.lnk" "$INSTDIR\rnapp-app.exe"
  WriteRegStr HKCU "${ENTRY}" "DisplayName" "rnapp ${VERSION}"
  WriteRegStr HKCU "${ENTRY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${ENTRY}" "Publisher" "rnapp developers"
  WriteRegStr HKCU "${ENTRY}" "DisplayIcon" "$INSTDIR\rnapp-app.exe"
  WriteRegStr HKCU "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${ENTRY}" "EstimatedSize" "$0"
SectionEnd

Section "Uninstall"
  ClearErrors
  Delete "$INSTDIR\rnapp-app.exe"
  IfErrors 0 +2
    Abort "rnapp is running. Quit it, then remove it."
  RMDir /r "$INSTDIR"
  Delete "$SMPROGRAMS\rnapp ${VERSION}.lnk"
  DeleteRegKey HKCU "${ENTRY}"
  ; Only the last version takes along what can be made again, and asks about the cases.
  RMDir "$LOCALAPPDATA\Programs\rnapp"
  IfFileExists "$LOCALAPPDATA\Programs\rnapp\*.*" done
  RMDir /r "${STATE}"
  RMDir /r "${DATA}\bundles"
  IfFileExists "${DATA}\cases\*.rnapp" 0 empty
  MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Delete the cases kept in ${DATA}\cases too?" /SD IDNO IDNO done
  RMDir /r "${DATA}\cases"
  empty:
  RMDir "${DATA}\cases"
  RMDir "${DATA}"
  RMDir "$LOCALAPPDATA\rnapp"
  done:
SectionEnd
