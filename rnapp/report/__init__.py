"""What leaves the app: result.json and the PDF."""
