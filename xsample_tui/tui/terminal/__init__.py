"""The terminal: capabilities, input, driver, signals, screenshots and crash reports."""
