"""What a user would write instead, one program each: MODEL PORT DTYPE."""
