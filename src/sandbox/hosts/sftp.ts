/**
 * Owns the sftp subsystem over a host's files: enough for scp and sftp to bring unit files and take files away.
 */
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';
import { resolvePath, type Stat } from './files.ts';
import type { RunningHost } from './host.ts';
import { writeProblem } from './permissions.ts';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

interface OpenFile {
  readonly path: string;
  readonly writable: boolean;
  bytes: Buffer;
  changed: boolean;
}

interface OpenDirectory {
  readonly path: string;
  names: string[];
}

function attributes(stat: Stat): Attributes {
  const id = stat.owner === 'core' ? 500 : 0;
  const seconds = Math.floor(stat.mtime / 1000);
  return {
    mode: (stat.directory ? 0o040000 : 0o100000) | stat.mode,
    uid: id,
    gid: id,
    size: stat.size,
    atime: seconds,
    mtime: seconds,
  };
}

/** Serves one sftp channel as user core. */
export function serveSftp(sftp: SFTPWrapper, host: RunningHost): void {
  const { files } = host;
  const handles = new Map<number, OpenFile | OpenDirectory>();
  let next = 0;
  const at = (path: string): string => resolvePath('/home/core', path);
  const open = (one: OpenFile | OpenDirectory): Buffer => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(next);
    handles.set(next++, one);
    return handle;
  };
  const find = (handle: Buffer): OpenFile | OpenDirectory | undefined =>
    handles.get(handle.length === 4 ? handle.readUInt32BE(0) : -1);
  const file = (handle: Buffer): OpenFile | undefined => {
    const one = find(handle);
    return one !== undefined && 'bytes' in one ? one : undefined;
  };
  const code = (problem: string): number =>
    problem === 'Permission denied' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.NO_SUCH_FILE;
  const flush = (one: OpenFile): void => {
    if (!one.changed) return;
    files.write(one.path, one.bytes.toString('utf8'));
    one.changed = false;
    host.touch();
  };

  sftp.on('OPEN', (id, filename, flags, attrs) => {
    const path = at(filename);
    const writable = (flags & (OPEN_MODE.WRITE | OPEN_MODE.APPEND)) !== 0;
    const text = files.read(path);
    if (!writable && text === undefined)
      return sftp.status(
        id,
        files.stat(path)?.directory === true ? STATUS_CODE.FAILURE : STATUS_CODE.NO_SUCH_FILE,
      );
    const problem = writable ? writeProblem(host, 'core', path) : null;
    if (problem !== null) return sftp.status(id, code(problem));
    const truncate = (flags & OPEN_MODE.TRUNC) !== 0;
    const bytes = truncate || text === undefined ? Buffer.alloc(0) : Buffer.from(text);
    if (writable && (truncate || text === undefined))
      files.write(path, '', attrs.mode === undefined ? 0o644 : attrs.mode & 0o7777);
    return sftp.handle(id, open({ path, writable, bytes, changed: false }));
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const one = file(handle);
    if (one === undefined) return sftp.status(id, STATUS_CODE.FAILURE);
    if (offset >= one.bytes.length) return sftp.status(id, STATUS_CODE.EOF);
    return sftp.data(id, one.bytes.subarray(offset, offset + length));
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const one = file(handle);
    if (one?.writable !== true) return sftp.status(id, STATUS_CODE.FAILURE);
    // The world is saved as one JSON text; a file larger than this has no place in it.
    if (offset + data.length > 4_000_000) return sftp.status(id, STATUS_CODE.FAILURE);
    const size = Math.max(one.bytes.length, offset + data.length);
    const grown = Buffer.alloc(size);
    one.bytes.copy(grown);
    data.copy(grown, offset);
    one.bytes = grown;
    one.changed = true;
    return sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on('CLOSE', (id, handle) => {
    const one = find(handle);
    if (one === undefined) return sftp.status(id, STATUS_CODE.FAILURE);
    if ('bytes' in one) flush(one);
    handles.delete(handle.readUInt32BE(0));
    return sftp.status(id, STATUS_CODE.OK);
  });
  const stat = (id: number, path: string): void => {
    const found = files.stat(at(path));
    if (found === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else sftp.attrs(id, attributes(found));
  };
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (id, handle) => {
    const one = find(handle);
    if (one === undefined) return sftp.status(id, STATUS_CODE.FAILURE);
    if ('bytes' in one) flush(one);
    return stat(id, one.path);
  });
  const setStat = (id: number, path: string, attrs: Attributes): void => {
    if (files.stat(path) === undefined) return void sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    if (attrs.mode !== undefined && writeProblem(host, 'core', path) === null)
      files.chmod(path, attrs.mode & 0o7777);
    sftp.status(id, STATUS_CODE.OK);
  };
  sftp.on('SETSTAT', (id, path, attrs) => setStat(id, at(path), attrs));
  sftp.on('FSETSTAT', (id, handle, attrs) => {
    const one = find(handle);
    if (one === undefined) sftp.status(id, STATUS_CODE.FAILURE);
    else setStat(id, one.path, attrs);
  });
  sftp.on('OPENDIR', (id, path) => {
    const names = files.list(at(path));
    if (names === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else sftp.handle(id, open({ path: at(path), names: ['.', '..', ...names] }));
  });
  sftp.on('READDIR', (id, handle) => {
    const one = find(handle);
    if (one === undefined || !('names' in one)) return sftp.status(id, STATUS_CODE.FAILURE);
    const names = one.names.splice(0);
    if (names.length === 0) return sftp.status(id, STATUS_CODE.EOF);
    return sftp.name(
      id,
      names.flatMap((name) => {
        const found = files.stat(name.startsWith('.') && name.length < 3 ? one.path : `${one.path}/${name}`);
        if (found === undefined) return [];
        return [
          {
            filename: name,
            longname: `${found.directory ? 'd' : '-'}rw-r--r-- 1 ${found.owner} ${found.owner} ${found.size} ${name}`,
            attrs: attributes(found),
          },
        ];
      }),
    );
  });
  sftp.on('REALPATH', (id, path) => {
    const name = at(path === '.' || path === '' ? '/home/core' : path);
    sftp.name(id, [
      { filename: name, longname: name, attrs: attributes(files.stat(name) ?? files.stat('/home/core')!) },
    ]);
  });
  sftp.on('REMOVE', (id, path) => {
    const problem =
      files.stat(at(path)) === undefined ? 'No such file or directory' : writeProblem(host, 'core', at(path));
    if (problem !== null) return sftp.status(id, code(problem));
    files.remove(at(path));
    host.touch();
    return sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on('MKDIR', (id, path) => {
    const problem = writeProblem(host, 'core', at(path));
    if (problem !== null) return sftp.status(id, code(problem));
    files.makeDirectory(at(path));
    return sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on('RENAME', (id, from, to) => {
    const text = files.read(at(from));
    const problem = text === undefined ? 'No such file or directory' : writeProblem(host, 'core', at(to));
    if (text === undefined || problem !== null) return sftp.status(id, code(problem ?? ''));
    files.write(at(to), text, files.stat(at(from))?.mode ?? 0o644);
    files.remove(at(from));
    return sftp.status(id, STATUS_CODE.OK);
  });
}
