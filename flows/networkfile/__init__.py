"""Network files: any flow network in one TOML file, read strictly and table by table."""
