-- What consumption is valued by: tariffs, contracts, emission factors, what gas holds, Tempo days, the
-- weather. All of it is dated, and a city's own to edit (veilleur reference load). Days are local days, and
-- `to_date` is the day after the last one; null: until further notice, or until a later row begins.

create table tariff (
  code text not null,
  from_date date not null,
  to_date date check (to_date > from_date),
  -- kind (flat, peak_off_peak, tempo), unit (kWh, m3), prices by class and fixed parts in millionths of a euro.
  terms jsonb not null,
  source text,
  primary key (code, from_date)
);

-- Which tariff a point pays. The slots of off-peak hours are the point's own, in minutes of the local clock.
create table contract (
  point_id integer not null references metering_point,
  from_date date not null,
  to_date date check (to_date > from_date),
  tariff_code text not null,
  off_peak jsonb not null default '[]',
  primary key (point_id, from_date)
);

create table emission_factor (
  -- The quantity that emits: active_energy_import, gas_volume, water_volume ...
  quantity text not null,
  from_date date not null,
  to_date date check (to_date > from_date),
  -- One unit of what: kWh, kWh_pcs, kWh_pci, m3.
  per text not null check (per in ('kWh', 'kWh_pcs', 'kWh_pci', 'm3')),
  -- CO2 equivalent.
  grams double precision not null check (grams >= 0),
  source text not null,
  primary key (quantity, from_date)
);

-- What a cubic metre of gas holds, where no operator tells (operator_fact goes before): of a point, of a
-- site and its parts, or, without either, of everywhere.
create table gas_coefficient (
  point_id integer references metering_point,
  site_id integer references site,
  from_date date not null,
  to_date date check (to_date > from_date),
  -- Millionths of a kWh (PCS) for one m3.
  energy bigint not null check (energy > 0),
  source text not null,
  check (point_id is null or site_id is null),
  unique nulls not distinct (point_id, site_id, from_date)
);

-- A day runs from 06:00 to 06:00.
create table tempo_day (
  day date primary key,
  colour text not null check (colour in ('blue', 'white', 'red'))
);

create table outdoor_temperature (
  station text not null,
  day date not null,
  lowest_cel double precision not null,
  highest_cel double precision not null check (highest_cel >= lowest_cel),
  primary key (station, day)
);

create table site_reference (
  site_id integer primary key references site,
  -- Whose temperatures are this site's.
  station text,
  base_cel double precision not null default 18,
  -- Quantities that heat; base_per_day: what of it does not depend on the weather.
  heating jsonb not null default '{}',
  -- The reference year of the décret tertiaire, as declared or to be taken from the meters.
  tertiary jsonb
);
