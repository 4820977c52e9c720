"""What several processes and hosts share beside the database: answers, counts and the mirror, in Redis or Valkey.

Everything here may be lost at any moment without hurting anybody: what cannot be reached is done in the process.
"""
