// The image's healthcheck. A container runs one part: is it alive at one of the ports where parts tell so?
const { HTTP_PORT, BRIDGE_METRICS_PORT, CONSUMPTION_METRICS_PORT, ALERTING_METRICS_PORT } = process.env;
const ports = [
  HTTP_PORT || 8080,
  BRIDGE_METRICS_PORT || 9464,
  CONSUMPTION_METRICS_PORT || 9465,
  ALERTING_METRICS_PORT || 9466,
];
/** @param {string | number} port */
const isAlive = async (port) => {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4000) });
  if (!response.ok) throw new Error(`port ${port} answers ${response.status}`);
};
await Promise.any(ports.map(isAlive)).catch(() => {
  process.stderr.write(`no part answers /health at any of ${ports.join(', ')}\n`);
  process.exitCode = 1;
});
