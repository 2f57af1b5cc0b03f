"""Movement: lines and topics bring records in, the pump makes their order, forwarders take rows out."""
