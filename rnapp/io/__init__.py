"""Files in: DICOM and NIfTI studies, lesion masks; and volumes out. The only readers of files."""
