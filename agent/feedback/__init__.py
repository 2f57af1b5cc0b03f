"""Presses and speech: from a device's event to a resident's feedback, and the indicators made of them."""
