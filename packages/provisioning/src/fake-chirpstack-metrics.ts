import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js';
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';

/**
 * What ChirpStack in UTC answers: a bucket for each hour or day from the one of `start` to the one of
 * `end`, 0 where it knows nothing (storage/metrics.rs, `get`).
 */
export function linkMetrics(
  request: devicePb.GetDeviceLinkMetricsRequest,
  uplinks: readonly Date[],
): devicePb.GetDeviceLinkMetricsResponse {
  const bucketMs = request.getAggregation() === commonPb.Aggregation.HOUR ? 3_600_000 : 86_400_000;
  const bucketOf = (at: Date) => Math.floor(at.getTime() / bucketMs);
  const first = bucketOf(request.getStart()?.toDate() ?? new Date(0));
  const last = bucketOf(request.getEnd()?.toDate() ?? new Date(0));
  const counts = Array<number>(last - first + 1).fill(0);
  for (const at of uplinks) {
    const count = counts[bucketOf(at) - first];
    if (count !== undefined) counts[bucketOf(at) - first] = count + 1;
  }
  const dataset = new commonPb.MetricDataset();
  dataset.setLabel('rx_count');
  dataset.setDataList(counts);
  const metric = new commonPb.Metric();
  metric.setName('Received');
  metric.setTimestampsList(
    counts.map((_, i) => timestampPb.Timestamp.fromDate(new Date((first + i) * bucketMs))),
  );
  metric.addDatasets(dataset);
  const response = new devicePb.GetDeviceLinkMetricsResponse();
  response.setRxPackets(metric);
  return response;
}
