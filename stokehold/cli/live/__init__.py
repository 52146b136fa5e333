"""What moves on a terminal while work goes on."""
