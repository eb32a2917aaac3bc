/**
 * How whoever forwards tells that what it had committed may be gone, also where the database is the same one as before.
 *
 * Tables that are put back by pg_restore are others than those that were saved: what the row of the ledger says of
 * `farthing.event` is no longer so, and the incarnation is another one. Where they are those that were made here it is the
 * same as it was before this migration, after which nobody has to send anything again.
 *
 * Files that are put back as they were say nothing of it, but begin again with an earlier transaction than the newest that
 * was committed: `next_transaction` is to be compared with that by whoever remembers it.
 */
export const LIVES = `
alter table farthing.ledger add column events oid;
comment on column farthing.ledger.events is 'The table farthing.event that was there when the ledger was made: another one was restored from a copy';
update farthing.ledger set events = 'farthing.event'::regclass;

drop function farthing.joined();
create function farthing.joined(
  out id text, out version integer, out settings text, out incarnation text, out is_copy boolean, out next_transaction xid8
)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select l.id, (select max(m.version) from farthing.migration m),
      (select case
          when pg_has_role(session_user, 'farthing_reader', 'member')
            or pg_has_role(session_user, t.tableowner, 'member') then s.settings
          else json_build_object('personalLabels', coalesce(s.settings::json -> 'personalLabels', '[]'))::text
        end
        from farthing.setting s, pg_tables t
        where t.schemaname = 'farthing' and t.tablename = 'setting' order by s.version desc limit 1),
      concat_ws(':', e.number, e.server, farthing.timeline(),
        (select d.oid from pg_database d where d.datname = current_database()),
        nullif('farthing.event'::regclass::oid, l.events)),
      e.server is distinct from farthing.server_identity(), pg_snapshot_xmax(pg_current_snapshot())
    from farthing.ledger l, (select number, server from farthing.era order by number desc limit 1) e
  $$;
revoke all on function farthing.joined() from public;
grant execute on function farthing.joined() to farthing_writer, farthing_reader, farthing_roller, farthing_pruner;
`;
