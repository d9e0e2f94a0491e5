"""What a record is, and how to read one."""
