"""How the server is: for its operator."""
