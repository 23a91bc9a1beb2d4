"""Help dialogs: keys, symbols, colours and terms."""
