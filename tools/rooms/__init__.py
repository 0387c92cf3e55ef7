"""The pieces of tools/check_rooms."""
