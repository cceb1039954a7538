import { Component, type ReactNode } from 'react';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';

/** What a page throws is shown in its place; the rest goes on. */
export class FailureBoundary extends Component<
  { readonly children: ReactNode },
  { readonly thrown: unknown }
> {
  override state = { thrown: undefined };

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override render(): ReactNode {
    if (this.state.thrown === undefined) return this.props.children;
    return (
      <Page title="">
        <Failure thrown={this.state.thrown} retry={() => location.reload()} />
      </Page>
    );
  }
}
