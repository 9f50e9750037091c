"""The pages of the register: units, party organizations, import."""
