"""Customer experience read from one transcript: where on the journey, what was promised, how it felt, what next."""
