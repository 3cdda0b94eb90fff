"""What a calibration found, in words, tables and a picture."""
