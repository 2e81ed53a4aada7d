"""What a park is made of: facility kinds, park files, simulation; stands on `flows` alone."""
