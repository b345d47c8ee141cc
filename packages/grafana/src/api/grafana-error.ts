import { VeilleurError } from '@veilleur/domain';

/** What Grafana answered to a request that it did not do. */
export interface Refusal {
  /** For example `POST /api/folders`. */
  readonly request: string;
  readonly status: number;
  /** Its `message`, or what it said instead. */
  readonly message: string;
  /** `version-mismatch`, `name-exists` or `plugin-dashboard` beside a 412. */
  readonly reason: string | undefined;
}

/** A refusal as an error of ours: what to do about it depends on the status, as Grafana documents it. */
export function errorOf(refusal: Refusal): VeilleurError {
  const { request, status, message } = refusal;
  const [code, remedy, retryable = false] = judge(refusal);
  return new VeilleurError(code, `Grafana answered ${status} to ${request}: ${message}`, {
    remedy,
    retryable,
  });
}

function judge({ status, reason }: Refusal): [code: string, remedy: string, retryable?: boolean] {
  switch (status) {
    case 401:
      return [
        'grafana_unauthorised',
        'The token is wrong or has expired. Make one under Administration, Service accounts, and put it alone into the file.',
      ];
    case 403:
      return [
        'grafana_forbidden',
        'Data sources and contact points need a service account with the role Admin; dashboards and folders, Editor.',
      ];
    case 404:
      return [
        'grafana_not_found',
        "Check the address: it is Grafana's root_url, with its path where it is served below one.",
      ];
    case 409:
      return [
        'grafana_conflict',
        'Something else of this name or uid is there already. Rename or delete it in Grafana, then run again.',
      ];
    case 412:
      return precondition(reason);
    case 429:
      return ['grafana_busy', 'Wait a minute, then run again: what is done is not done twice.', true];
    default:
      return status >= 500
        ? ['grafana_failed', "Look into Grafana's log; then run again: what is done is not done twice.", true]
        : ['grafana_refused', 'This Grafana may be too old or too new: version 11, 12 and 13 are known.'];
  }
}

function precondition(reason: string | undefined): [string, string, boolean?] {
  switch (reason) {
    case 'version-mismatch':
      return ['grafana_changed_meanwhile', 'Somebody saved it at the same moment. Run again.', true];
    case 'name-exists':
      return [
        'grafana_name_taken',
        'Another dashboard of this title is in the folder. Rename or delete it, then run again.',
      ];
    default:
      return ['grafana_precondition', 'Something else in Grafana owns it; delete that first.'];
  }
}
