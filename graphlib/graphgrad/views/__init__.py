"""What shows a sweep outside a picture: the table for the terminal."""
