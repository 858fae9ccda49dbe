"""Rule files: what is always watched for, read and checked."""
