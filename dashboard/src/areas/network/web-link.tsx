import { Anchor } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';

/** @param address of a computer that serves a page there, or may */
export const WebLink = ({ address }: { readonly address: string }) => (
  <Anchor
    href={`http://${address.includes(':') ? `[${address}]` : address}`}
    target="_blank"
    rel="noreferrer noopener"
    fz="inherit"
    className="mono"
  >
    {address} <IconExternalLink size={12} aria-hidden />
  </Anchor>
);
