"""What devices say: one small file per device family. No file here opens a port, asks the time or logs."""
