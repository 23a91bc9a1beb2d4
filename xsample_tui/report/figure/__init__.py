"""The report's figures: one module each, drawn by matplotlib, which nothing else imports."""
