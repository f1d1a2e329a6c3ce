// Loaded first by the processes in a sandbox.
process.env['ISOLANE_LAYER'] ??= ''
