"""Where state is kept: adapters of the store and coordination ports."""
