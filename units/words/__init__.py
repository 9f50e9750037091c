"""The sentences that units sends and shows: messages, hints, letters."""
