"""Named settings as TOML files, one for each way to build and train the network."""
