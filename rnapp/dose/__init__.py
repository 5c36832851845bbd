"""What a dose means in numbers: volumes, distances, isodoses; and what studies say of them."""
