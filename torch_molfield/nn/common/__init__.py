"""What the other parts of nn share."""
