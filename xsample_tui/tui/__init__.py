"""The terminal interface: watches sweeps, steers them by requests, and never imports TensorFlow."""
