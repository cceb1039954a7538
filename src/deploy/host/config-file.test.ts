import { describe, expect, it } from 'vitest';
import { checkAddress, configText, defaultConfig, listenOn, parseConfig, withHttp } from './config-file.ts';
import { hostPaths } from './paths.ts';

const config = defaultConfig(hostPaths(), '127.0.0.1');

describe('the configuration', () => {
  it('is read back as it was written', () => {
    expect(parseConfig(configText(config), 'x')).toEqual(config);
  });

  it('has an address in brackets in a URL when it is IPv6', () => {
    expect(listenOn('::1', 80)).toEqual({ host: '::1', port: 80, publicUrl: 'http://[::1]:80' });
  });

  it('changes where it listens and keeps what a person wrote', () => {
    const text = `${configText(config)}# mine\nextra: 1\n`;
    const changed = withHttp(text, listenOn('10.0.0.5', 8780));
    expect(changed).toContain('# mine\nextra: 1');
    expect(parseConfig(changed, 'x').http.publicUrl).toBe('http://10.0.0.5:8780');
  });

  it.each([
    ['', 'the whole'],
    ['data: 5', 'not valid'],
    [configText(config).replace('8780', 'often'), '/http/port'],
    ['a: [', 'not YAML'],
  ])('is refused with its place when it is %j', (text, message) => {
    expect(() => parseConfig(text, '/etc/x.yaml')).toThrow(message);
    expect(() => parseConfig(text, '/etc/x.yaml')).toThrow('/etc/x.yaml');
  });
});

describe('checkAddress', () => {
  it('takes an address of this machine', () => {
    expect(checkAddress('127.0.0.1')).toBe('127.0.0.1');
  });

  it.each(['192.0.2.77', 'localhost', ''])('refuses %j and says what there is', (address) => {
    expect(() => checkAddress(address)).toThrow('It has: 127.0.0.1');
  });
});
