/**
 * The counters of devices in a span of time, as common table expressions that end in `counter_row`: a row a
 * frame, with what it tells of the counters before it.
 *
 * A session is one session key of one device, where the LNS gives one; without (ChirpStack v3) a join opens
 * another. Within a key the counter
 *
 * - falls a little, shortly after: the frame came late and fills its place;
 * - falls from just under 65,536 to just above 0: a 16-bit counter began anew, and the session goes on;
 * - falls otherwise, or leaps further than LoRaWAN 1.0's MAX_FCNT_GAP of 16,384: another session;
 * - stays: the device repeats itself.
 *
 * Sorted by counter inside its session, each frame then tells of the counters since the one before it.
 *
 * Parameters: $1 since, $2 until (not in it), $3 ids of devices or null for all.
 *
 * The frame before the span is looked up for each device, so that the gap across its beginning belongs to
 * the span in which it was told. 30 days back: a device that was silent for longer has begun anew.
 */
export const COUNTER_ROWS = `
with heard as (
  select f.device_id, f.received_at as at, f.f_cnt, f.session_key, f.decoding, true as in_span
  from frame f
  where f.received_at >= $1 and f.received_at < $2 and ($3::int[] is null or f.device_id = any($3))
  union all
  select d.id, before.received_at, before.f_cnt, before.session_key, before.decoding, false
  from device d cross join lateral (
    select received_at, f_cnt, session_key, decoding from frame
    where device_id = d.id and received_at < $1 and received_at >= $1::timestamptz - interval '30 days'
    order by received_at desc, f_cnt desc limit 1
  ) before
  where $3::int[] is null or d.id = any($3)
), observed as (
  select device_id, at, f_cnt, hashtextextended(session_key, 0) as session_key, session_key = '' as is_unnamed,
    decoding, in_span, null::timestamptz as join_at
  from heard
  union all
  select device_id, occurred_at, null, null, null, null, false, occurred_at from device_event
  where kind = 'join' and occurred_at >= $1::timestamptz - interval '30 days' and occurred_at < $2
    and ($3::int[] is null or device_id = any($3))
), placed as (
  select *, max(join_at) over w as joined_at,
    case when is_unnamed then count(join_at) over w else 0 end as joins,
    max(at) filter (where f_cnt is not null) over (w rows between unbounded preceding and 1 preceding) as heard_before_at
  from observed window w as (partition by device_id order by at, f_cnt nulls first)
), stepped as (
  select *, lag(f_cnt) over w as previous, at - lag(at) over w <= interval '2 minutes' as is_soon,
    joined_at > lag(at) over w as is_rejoined
  from placed where f_cnt is not null
  window w as (partition by device_id, session_key, joins order by at, f_cnt)
), judged as (
  select *,
    case
      when is_rejoined and f_cnt < previous then 0
      when previous - f_cnt between 65408 and 65535 and previous < 65536 then 1
      when f_cnt - previous between 65520 and 65535 and f_cnt < 65536 and is_soon then -1
      else 0
    end as turn
  from stepped
), turned as (
  select *,
    turn = 0 and (f_cnt - previous > 16384
      or f_cnt < previous and (is_rejoined or not is_soon or previous - f_cnt > 16)) as is_restart
  from judged
), numbered as (
  select *, count(*) filter (where is_restart) over w as restarts, f_cnt + 65536 * sum(turn) over w as position
  from turned
  window w as (partition by device_id, session_key, joins order by at, f_cnt)
), linked as (
  select *, row_number() over w = 1 as is_first, lag(position) over w as previous_position,
    lag(f_cnt) over w as previous_f_cnt, lag(at) over w as previous_at,
    bool_or((previous is null or is_restart) and joined_at > coalesce(heard_before_at, '-infinity'))
      over (partition by device_id, session_key, joins, restarts) as is_joined
  from numbered
  window w as (partition by device_id, session_key, joins, restarts order by position,
    array_position(array['decoded', 'no_payload', 'waiting', 'failed', 'no_profile', 'encrypted'], decoding), at)
), counter_row as (
  select device_id, session_key, joins, restarts, at, f_cnt, decoding, in_span, is_first,
    position is distinct from previous_position as is_counter,
    coalesce(previous_at, joined_at) as gap_after,
    coalesce(previous_f_cnt + 1, 0) as gap_from,
    -- The head: after a join counting begins at 0, with some devices at 1.
    case
      when previous_position is not null then greatest(position - previous_position - 1, 0)
      when is_joined and f_cnt between 2 and 16384 then f_cnt
      else 0
    end * in_span::int as missing
  from linked
)`;
