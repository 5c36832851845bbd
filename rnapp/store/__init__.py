"""Cases kept on this workstation, one file each, so that they outlast the program that wrote them."""
