/** Services that are not there, by what types of theirs begin with; as upstream names them. */
const SERVICES: readonly (readonly [prefix: string, service: string])[] = [
  ['AWS::EC2::Instance', 'nova'],
  ['AWS::EC2::VolumeAttachment', 'nova'],
  ['AWS::ElasticLoadBalancing::', 'nova'],
  ['AWS::S3::', 'swift'],
  ['OS::Blazar::', 'blazar'],
  ['OS::Cinder::VolumeAttachment', 'nova'],
  ['OS::Designate::', 'designate'],
  ['OS::Heat::HARestarter', 'nova'],
  ['OS::Heat::ScaledResource', 'nova'],
  ['OS::Heat::SwiftSignal', 'swift'],
  ['OS::Ironic::', 'ironic'],
  ['OS::Magnum::', 'magnum'],
  ['OS::Manila::', 'manila'],
  ['OS::Mistral::', 'mistral'],
  ['OS::Monasca::', 'monasca'],
  ['OS::Nova::', 'nova'],
  ['OS::Octavia::', 'octavia'],
  ['OS::Sahara::', 'sahara'],
  ['OS::Senlin::', 'senlin'],
  ['OS::Swift::', 'swift'],
  ['OS::Trove::', 'trove'],
  ['OS::Vitrage::', 'vitrage'],
  ['OS::Zaqar::', 'zaqar'],
];

/** The service that a type would need, where that is not there. */
export const serviceElsewhere = (type: string): string | undefined =>
  SERVICES.find(([prefix]) => type.startsWith(prefix))?.[1];
