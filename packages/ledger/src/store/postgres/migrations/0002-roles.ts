/**
 * Who may do what: `farthing_writer` can insert and nothing else, `farthing_reader` can select and nothing else.
 *
 * What a writer has to know before it sends anything (which ledger this is, and the labels whose values it must not
 * send) is told by a function, so that it needs to read no table, and learns no other setting. Roles belong to the whole
 * server, whose other databases may be making them at this moment.
 */
export const ROLES = `
do $$
declare
  role text;
begin
  foreach role in array array['farthing_writer', 'farthing_reader'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I nologin', role);
      end if;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise exception 'this user may not create the role %; have one who may run: create role farthing_writer nologin; create role farthing_reader nologin', role;
    end;
  end loop;
end
$$;

revoke all on schema farthing from public;
revoke all on all tables in schema farthing from public;

create function farthing.joined(
  out id text, out version integer, out settings text, out incarnation text, out is_copy boolean
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
        (select d.oid from pg_database d where d.datname = current_database())),
      e.server is distinct from farthing.server_identity()
    from farthing.ledger l, (select number, server from farthing.era order by number desc limit 1) e
  $$;
revoke all on function farthing.joined(), farthing.server_identity(), farthing.timeline() from public;

grant usage on schema farthing to farthing_writer, farthing_reader;
grant execute on function farthing.joined() to farthing_writer, farthing_reader;
grant insert (id_hash, digest, month, ordinal, line) on farthing.event to farthing_writer;
grant insert (outbox, host, forwarded, waiting, newest_at) on farthing.outbox to farthing_writer;
grant execute on function farthing.server_identity(), farthing.timeline() to farthing_writer, farthing_reader;
grant select on all tables in schema farthing to farthing_reader;
`;
