"""What keeps secrets, with other people's cryptography: password hashes, sealed values, signed tokens, the key file."""
