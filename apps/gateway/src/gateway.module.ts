import { Inject, Injectable, Module, type BeforeApplicationShutdown, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { GatewayServer, type GatewayServerOptions } from './gateway-server.js';

const GATEWAY_SERVER = Symbol('gateway server');

/** Ties the server to the life of its Nest app. */
@Injectable()
class GatewayLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(GATEWAY_SERVER) readonly server: GatewayServer) {}

  onApplicationBootstrap(): Promise<void> {
    return this.server.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.server.close();
  }
}

@Module({})
export class GatewayModule {
  static with(options: GatewayServerOptions): DynamicModule {
    return {
      module: GatewayModule,
      providers: [GatewayLifecycle, { provide: GATEWAY_SERVER, useFactory: () => new GatewayServer(options) }, { provide: GatewayServer, useExisting: GATEWAY_SERVER }],
      exports: [GatewayServer],
    };
  }
}
